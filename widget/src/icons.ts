// Line drawings on a grid of 24.

export const CLOSE = 'm6 6 12 12M18 6 6 18';
export const RESTART = 'M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 9M4.5 4.5V9H9';
export const SEND = 'M12 19V5M5.5 11.5 12 5l6.5 6.5';
export const CHECK = 'm5 12.5 4.5 4.5L19 7.5';
export const QUESTION = 'M8.8 9a3.2 3.2 0 1 1 4.9 2.7c-1 .7-1.7 1.2-1.7 2.3M12 17.5h0M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z';
export const DASH = 'M8 12h8M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z';
export const ALERT = 'M12 8v5M12 16.5h0M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z';
export const PERSON = 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20c.8-3.5 3.8-5.5 7.5-5.5s6.7 2 7.5 5.5';
export const OUT = 'M14 5h5v5M19 5l-8.5 8.5M17 14v4.5a.5.5 0 0 1-.5.5h-11a.5.5 0 0 1-.5-.5v-11a.5.5 0 0 1 .5-.5H10';
export const LINK = 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1';
export const COPY = 'M9 9.5a.5.5 0 0 1 .5-.5h9a.5.5 0 0 1 .5.5v9a.5.5 0 0 1-.5.5h-9a.5.5 0 0 1-.5-.5ZM5.5 15H5a.5.5 0 0 1-.5-.5v-9A.5.5 0 0 1 5 5h9a.5.5 0 0 1 .5.5V6';
export const UP = 'M7 10.5 11 4c1.3 0 2 .9 2 2.2L12.5 9.5H17a2 2 0 0 1 2 2.4l-1 5.6a2 2 0 0 1-2 1.5H7ZM7 10.5H4.5V19H7';
export const DOWN = 'M17 13.5 13 20c-1.3 0-2-.9-2-2.2l.5-3.3H7a2 2 0 0 1-2-2.4l1-5.6A2 2 0 0 1 8 5h9ZM17 13.5h2.5V5H17';
export const ARROW = 'M5 12h14M13 6l6 6-6 6';
