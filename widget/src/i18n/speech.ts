// The languages that come with the panel.

import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { es } from './es';
import { fr } from './fr';
import { it } from './it';
import type { Language } from './languages';
import { nl } from './nl';
import { pt } from './pt';
import type { Speech } from './texts';

export const SPEECH: Record<Language, Speech> = { en, de, fr, es, pt, it, nl, ar };
