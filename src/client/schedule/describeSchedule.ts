import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';

/** A schedule as Temporal has it; null where there is none. */
export async function describeSchedule(client: Client, scheduleId: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
