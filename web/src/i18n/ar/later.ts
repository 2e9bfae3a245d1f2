import { services } from './services';

export const later = { ...services };
