import { fleet } from './fleet';
import { notify } from './notify';
import { planning } from './planning';
import { services } from './services';
import { wizard } from './wizard';

/** Words of the pages beyond the first ones: fetched before the first of them is shown. */
export const later = { ...services, ...notify, ...fleet, ...planning, ...wizard };
