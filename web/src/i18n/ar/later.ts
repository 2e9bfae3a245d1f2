import { fleet } from './fleet';
import { notify } from './notify';
import { services } from './services';

export const later = { ...services, ...notify, ...fleet };
