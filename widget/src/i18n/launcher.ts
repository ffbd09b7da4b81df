// The few words that are needed before the panel has come.

import type { Language } from './languages';

export interface LauncherTexts {
  readonly launch: string;
  readonly close: string;
  readonly unavailable: string;
  readonly retry: string;
}

const texts = (launch: string, close: string, unavailable: string, retry: string): LauncherTexts =>
  ({ launch, close, unavailable, retry });

export const LAUNCHER: Record<Language, LauncherTexts> = {
  en: texts('Ask a question', 'Close', 'The chat could not be loaded.', 'Try again'),
  de: texts('Eine Frage stellen', 'Schließen', 'Der Chat konnte nicht geladen werden.', 'Noch einmal versuchen'),
  fr: texts('Poser une question', 'Fermer', 'Le chat n’a pas pu être chargé.', 'Réessayer'),
  es: texts('Hacer una pregunta', 'Cerrar', 'No se pudo cargar el chat.', 'Intentar de nuevo'),
  pt: texts('Fazer uma pergunta', 'Fechar', 'Não foi possível carregar o chat.', 'Tentar novamente'),
  it: texts('Fai una domanda', 'Chiudi', 'Non è stato possibile caricare la chat.', 'Riprova'),
  nl: texts('Stel een vraag', 'Sluiten', 'De chat kon niet worden geladen.', 'Opnieuw proberen'),
  ar: texts('اطرح سؤالاً', 'إغلاق', 'تعذّر تحميل المحادثة.', 'حاول مرة أخرى'),
};
