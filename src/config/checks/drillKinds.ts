import { type Kinds } from '../../core/kind';
import { kindsReaching } from '../kindsReaching';
import { quoted } from '../reading/quoted';
import { type Check, check } from './check';
import { everyDrill } from './drills';

/** What a drill restores, rules bring into its tier: of each kind a copy can come back where the drill restores to. */
export function drillsSuitTheirKinds(kinds: Kinds): Check {
  return check(['select', 'tiers'], ({ select, tiers }, report) => {
    for (const { path, tier, drill } of everyDrill(tiers)) {
      const reaching = kindsReaching(tier, select).map((name) => kinds.get(name));
      const ofPostgres = 'postgres' in drill.to;
      const stranger = reaching.find(({ capabilities: { restores, answersSql } }) =>
        ofPostgres ? !answersSql : !restores,
      );
      if (stranger !== undefined)
        report.error(
          [...path, 'to'],
          ofPostgres
            ? `a server of PostgreSQL takes databases, and kind ${quoted(stranger.name)} is none`
            : `no service makes a resource of kind ${quoted(stranger.name)} of its copies again`,
          `bring that kind into a tier without this drill`,
        );
      else if (drill.checks.length > 0 && reaching.length > 0 && !reaching.some((one) => one.capabilities.answersSql))
        report.error(
          [...path, 'checks'],
          `checks ask by SQL, and what is restored of kind ${quoted(reaching[0]?.name ?? '')} answers none`,
          'take them out: then it only restores',
        );
    }
  });
}
