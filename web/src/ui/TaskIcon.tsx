import {
  IconArchive,
  IconBolt,
  IconBroadcast,
  IconChartBar,
  IconDatabase,
  IconDatabaseExport,
  IconDeviceDesktop,
  IconEraser,
  IconFileDownload,
  IconFileExport,
  IconFileText,
  IconHeartbeat,
  IconLeaf,
  IconMail,
  IconPackage,
  IconPuzzle,
  IconReportAnalytics,
  IconRoute2,
  IconSpeakerphone,
  IconStack2,
  IconTerminal2,
  IconTool,
  IconTrash,
  IconWebhook,
  IconWorld,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';

type Icon = ComponentType<{ size?: number; stroke?: number }>;

const byName: Record<string, Icon> = {
  megaphone: IconSpeakerphone,
  terminal: IconTerminal2,
  'square-terminal': IconTerminal2,
  webhook: IconWebhook,
  mail: IconMail,
  'heart-pulse': IconHeartbeat,
  activity: IconChartBar,
  'bar-chart': IconChartBar,
  'chart-column': IconReportAnalytics,
  archive: IconArchive,
  'database-backup': IconArchive,
  eraser: IconEraser,
  'brush-cleaning': IconEraser,
  broom: IconEraser,
  'trash-2': IconTrash,
  trash: IconTrash,
  history: IconEraser,
  'file-output': IconFileExport,
  download: IconDatabaseExport,
  'file-down': IconFileDownload,
  'file-text': IconFileText,
  'file-chart-column': IconFileText,
  wrench: IconTool,
  leaf: IconLeaf,
  celery: IconLeaf,
  zap: IconBolt,
  monitor: IconDeviceDesktop,
  package: IconPackage,
  radio: IconBroadcast,
  database: IconDatabase,
  layers: IconStack2,
  globe: IconWorld,
  waypoints: IconRoute2,
};

/** Icon of a task function by the name in the catalogue; a puzzle piece for names nobody drew. */
export function TaskIcon({ name, size = 18 }: { name: string | undefined; size?: number }) {
  const Drawn = (name && byName[name]) || IconPuzzle;
  return <Drawn size={size} stroke={1.7} />;
}
