import { type HeldPoint } from '../../../../core/retention/holdPoints';
import { type Output } from '../../output';
import { type Column, ownerColumns } from '../../tables/columns';

/** Recovery points as their holds have them. */
export function heldColumns(out: Output): Column<HeldPoint>[] {
  return [
    { title: 'resource', cell: ({ resource }) => resource.id },
    ...ownerColumns<HeldPoint>(({ resource }) => resource),
    { title: 'recovery point of', cell: ({ scheduledTime }) => out.time(scheduledTime) },
    { title: 'held in', cell: ({ places }) => places.join(', ') },
    {
      title: 'not in',
      cell: ({ without }) => without.join(', '),
      same: (places) => (places === '' ? null : `not in ${places}`),
    },
    {
      title: 'not locked in',
      cell: ({ unlocked }) => unlocked.join(', '),
      same: (places) => (places === '' ? null : `not locked by the service in ${places}`),
    },
    { title: 'since', cell: ({ hold }) => out.shortTime(hold.since) },
    { title: 'by', cell: ({ hold }) => hold.by ?? '–', same: (by) => (by === '–' ? null : `by ${by}`) },
    {
      title: 'incident',
      cell: ({ hold }) => hold.incident ?? '–',
      same: (incident) => (incident === '–' ? null : `incident ${incident}`),
    },
    { title: 'reason', cell: ({ hold }) => hold.reason, same: (reason) => `reason: ${reason}` },
  ];
}
