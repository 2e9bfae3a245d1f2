import { fleet } from './fleet';
import { notify } from './notify';
import { planning } from './planning';
import { services } from './services';
import { wizard } from './wizard';

export const later = { ...services, ...notify, ...fleet, ...planning, ...wizard };
