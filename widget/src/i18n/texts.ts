// Every text of the panel, and what visitors say that is no question.

export interface Texts {
  readonly title: string;
  readonly subtitle: string;
  readonly greeting: string;
  readonly begin: string;
  readonly placeholder: string;
  readonly label: string;
  readonly send: string;
  readonly close: string;
  readonly restart: string;
  readonly asked: string;
  readonly looking: string;
  readonly answered: string;
  readonly unsure: string;
  readonly unsureHint: string;
  readonly none: string;
  readonly noneHint: string;
  readonly handover: string;
  readonly handoverHint: string;
  readonly source: string;
  readonly link: string;
  /** The same in full, for those who only hear it: it begins with `link`. */
  readonly permalink: string;
  readonly copy: string;
  readonly copied: string;
  readonly newTab: string;
  readonly helped: string;
  readonly yes: string;
  readonly no: string;
  readonly wrong: string;
  readonly notMyQuestion: string;
  readonly didNotHelp: string;
  readonly told: string;
  readonly perhaps: string;
  readonly suggestions: string;
  readonly keys: string;
  readonly hello: string;
  readonly thanks: string;
  readonly bye: string;
  readonly bot: string;
  readonly person: string;
  readonly personNobody: string;
  readonly offline: string;
  readonly unreachable: string;
  readonly slow: string;
  readonly busy: string;
  readonly failed: string;
  readonly retry: string;
}

/** What is said that is no question: it gets a fitting line, and is never sent anywhere. */
export type Courtesy = 'hello' | 'thanks' | 'bye' | 'bot' | 'person';

export type Phrases = Readonly<Record<Courtesy, readonly string[]>>;

export interface Speech {
  readonly texts: Texts;
  readonly phrases: Phrases;
}
