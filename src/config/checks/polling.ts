import { parseDuration } from '../../core/duration';
import { check } from './check';

export const pollingIsOrdered = check(['polling'], ({ polling }, report) => {
  if ((parseDuration(polling.shortest) ?? 0) <= (parseDuration(polling.longest) ?? 0)) return;
  report.error(['polling', 'shortest'], `${polling.shortest} is longer than \`longest\`, ${polling.longest}`);
});
