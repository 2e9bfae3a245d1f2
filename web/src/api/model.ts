/** The nouns of the native API as the pages see them, from the types generated out of the API's own document. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Localized = Schemas['LocalText'];

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  perPage: number;
  totalPages: number;
}

export type ExecutionStatus = Schemas['StatusName'];

export const executionStatuses = [
  'pending',
  'running',
  'success',
  'failed',
  'timeout',
  'cancelled',
  'missed',
  'skipped',
  'lost',
  'partial',
] as const satisfies ExecutionStatus[];

export type JobKind = Schemas['JobType'];
export type Weekday = Schemas['Weekday'];
export type Role = Schemas['Role'];
export type Scope = Schemas['Scope'];
export type Trigger = Schemas['Trigger'];
export type Recurrence = Schemas['Recurrence'];
export type RetryCause = Schemas['RetryCause'];
export type RetryPolicy = Schemas['RetryPolicy'];
export type DstPolicy = Schemas['DstPolicy'];
export type Job = Schemas['Job'];
export type JobInput = Schemas['JobCreate'];
export type JobChange = Schemas['JobUpdate'];
export type JobVersion = Schemas['JobVersion'];
export type JobAction = Schemas['JobAction'];
export type ActionAnswer = Schemas['JobActionResponse'];
export type After = Schemas['After'];
export type ParentJob = Schemas['ParentJob'];
export type OnEnd = Schemas['OnEnd'];
export type JoinMode = Schemas['JoinMode'];
export type Chain = Schemas['Chain'];
export type ChainJob = Schemas['ChainJob'];
export type Execution = Schemas['Execution'];
export type Artifact = Schemas['Artifact'];
export type Attempt = Schemas['Attempt'];
export type Fire = Schemas['Fire'];
export type Disposition = Schemas['Disposition'];
export type TaskFunction = Schemas['TaskFunction'];
export type SchedulerInstance = Schemas['Instance'];
export type SchedulerStatus = Schemas['SchedulerStatus'];
export type PreviewRequest = Schemas['PreviewRequest'];
export type Preview = Schemas['PreviewResponse'];
export type Collisions = Schemas['Collisions'];
export type BusyMinute = Schemas['BusyMinute'];
export type TestRun = Schemas['TestRunRequest'];
export type BulkAction = Schemas['BulkAction'];
export type BulkRequest = Schemas['BulkRequest'];
export type BulkAnswer = Schemas['BulkResponse'];
export type User = Schemas['User'];
export type Token = Schemas['Token'];
export type AuditEvent = Schemas['AuditEvent'];
export type About = Schemas['About'];
export type Connection = Schemas['Connection'];
export type ConnectionInput = Schemas['ConnectionCreate'];
export type ConnectionChange = Schemas['ConnectionUpdate'];
export type ConnectionKind = Schemas['ConnectionKind'];
export type ConnectionTest = Schemas['ConnectionTest'];
export type ConnectionTables = Schemas['ConnectionTables'];
export type Secret = Schemas['Secret'];
export type Uses = Schemas['Uses'];
export type ThingUse = Schemas['ThingUse'];
export type SecretKeyRotated = Schemas['SecretKeyRotated'];
export type SecretKeyState = Schemas['SecretKeyState'];
export type SecretInput = Schemas['SecretCreate'];
export type SecretChange = Schemas['SecretUpdate'];

/** The members that say when a job runs; the preview takes exactly these. */
export type ScheduleFields = Pick<
  Schemas['JobCreate'],
  | 'intervalSeconds'
  | 'intervalMinutes'
  | 'intervalHours'
  | 'intervalDays'
  | 'cronExpression'
  | 'cronFields'
  | 'runAt'
  | 'recurrence'
  | 'manual'
  | 'timezone'
  | 'startAt'
  | 'endAt'
  | 'dst'
>;
export type NotificationEvent = Schemas['NotificationEvent'];
export type NotificationPolicy = Schemas['NotificationPolicy'];
export type NotificationRule = Schemas['NotificationRule'];
export type NotificationRuleInput = Schemas['NotificationRuleCreate'];
export type NotificationRuleChange = Partial<Schemas['NotificationRuleUpdate']>;
export type Channel = Schemas['Channel'];
export type ChannelInput = Schemas['ChannelCreate'];
export type ChannelChange = Partial<Omit<Schemas['ChannelUpdate'], 'template'>> & {
  template?: Partial<Schemas['ChannelTemplate']> | null;
};
export type ChannelKind = Schemas['ChannelKind'];
export type ChannelTest = Schemas['ChannelTest'];
/** One message to one channel. Written out: in the document its name is taken by the delivery of jobs. */
export interface Delivery {
  id: number;
  ruleName: string;
  channelName: string;
  jobId: number | null;
  jobName: string | null;
  jobNameAr: string | null;
  executionId: string | null;
  event: string;
  state: Schemas['DeliveryState'];
  attempts: Schemas['DeliveryAttempt'][];
  nextAttemptAt: string | null;
  createdAt: string;
}
export type Device = Schemas['Device'];
export type DeviceChange = Schemas['DeviceUpdate'];
export type DeviceOrder = Schemas['DeviceOrder'];
export type DeviceOutput = Schemas['DeviceOutput'];
export type Enrollment = Schemas['Enrollment'];
export type EnrollmentInput = Schemas['EnrollmentCreate'];
export type MaintenanceInput = Schemas['MaintenanceBegin'];
export type Group = Schemas['Group'];
export type GroupInput = Schemas['GroupCreate'];
export type GroupChange = Schemas['GroupUpdate'];
export type GroupMembers = Schemas['GroupMembers'];
export type Software = Schemas['Software'];
export type SoftwareInput = Schemas['SoftwareCreate'];
export type SoftwareChange = Schemas['SoftwareUpdate'];
export type SoftwarePlatform = Schemas['SoftwarePlatform'];
export type FleetFile = Schemas['File'];
export type FileChange = Schemas['FileUpdate'];
export type WorkCalendar = Schemas['WorkCalendar'];
export type WorkCalendarInput = Schemas['WorkCalendarCreate'];
export type WorkCalendarChange = Schemas['WorkCalendarUpdate'];
export type CalendarEntry = Schemas['CalendarEntry'];
export type CalendarTime = Schemas['CalendarTime'];
export type CalendarImport = Schemas['CalendarImport'];
export type WorkDay = Schemas['WorkDay'];
export type CalendarUse = Schemas['CalendarUse'];
export type CalendarRule = Schemas['CalendarRule'];
export type ExecutionWindow = Schemas['ExecutionWindow'];
export type OutsideWindows = Schemas['OutsideWindows'];
export type CalendarPreviewRequest = Schemas['CalendarPreviewRequest'];
export type CalendarPreview = Schemas['CalendarPreview'];
export type CalendarChange = Schemas['CalendarChange'];
export type Deployment = Schemas['Deployment'];
export type DeploymentDetail = Schemas['DeploymentDetail'];
export type DeploymentDevice = Schemas['DeploymentDevice'];
export type DeploymentInput = Schemas['DeploymentCreate'];
export type DeploymentKind = Schemas['DeploymentKind'];
export type DeploymentStatus = Schemas['DeploymentStatus'];
