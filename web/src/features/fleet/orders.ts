import type { DeviceOrder, ExecutionStatus } from '@/api/model';

const deviceFunctions = ['command', 'software_deployment', 'file_deployment'];

/** Whether a task function has devices do its work. */
export function worksOnDevices(taskFunctionKey: string): boolean {
  return deviceFunctions.includes(taskFunctionKey);
}

export const outcomes = ['success', 'failed', 'timeout', 'cancelled', 'lost', 'refused', 'unreached'] as const;
export const states = ['planned', 'queued', 'sent', 'accepted', 'started', 'ended'] as const;

/** The colour of an order: that of the status an execution would have. */
export function orderTone(order: Pick<DeviceOrder, 'state' | 'outcome'>): ExecutionStatus {
  switch (order.outcome) {
    case 'success':
    case 'failed':
    case 'timeout':
    case 'cancelled':
    case 'lost':
      return order.outcome;
    case 'refused':
      return 'failed';
    case 'unreached':
      return 'missed';
    default:
      return order.state === 'started' ? 'running' : 'pending';
  }
}

export interface Tally {
  total: number;
  ended: number;
  good: number;
}

export function tally(orders: Pick<DeviceOrder, 'state' | 'outcome'>[]): Tally {
  return {
    total: orders.length,
    ended: orders.filter(({ state }) => state === 'ended').length,
    good: orders.filter(({ outcome }) => outcome === 'success').length,
  };
}
