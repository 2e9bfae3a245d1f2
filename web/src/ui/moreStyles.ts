/** Brings the styles of the components beyond the first page; everything that uses them is fetched through this. */
import './mantine-more.css';

export const styled = true;
