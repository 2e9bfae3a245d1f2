import { fleet } from './fleet';
import { notify } from './notify';
import { planning } from './planning';
import { services } from './services';

export const later = { ...services, ...notify, ...fleet, ...planning };
