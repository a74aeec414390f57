import { type Retention } from '../backup/policy';

/** How many days back a policy reaches where something is copied every day; 0 where it only counts copies. */
export const reachDays = ({
  hourly = 0,
  daily = 0,
  weekly = 0,
  monthly = 0,
  yearly = 0,
  keepDays = 0,
}: Retention): number => Math.max(Math.ceil(hourly / 24), daily, weekly * 7, monthly * 31, yearly * 366, keepDays);
