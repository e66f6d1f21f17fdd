import type { Visit } from '../../authentik-stand-in/sign-in/flow-stages.js';
import type { Fields } from '../../authentik-stand-in/store/state.js';
import { uuid, type Store } from '../../authentik-stand-in/store/store.js';

/** What the log says of a failed sign-in; the password itself is never in it. */
export function failedAt(store: Store, { user, plan, stage, session }: Visit, app: string): Fields {
  return {
    stage: {
      pk: stage.pk.replaceAll('-', ''),
      app: `authentik_stages_${app}`,
      name: stage.name,
      model_name: `${app.replaceAll('_', '')}stage`,
    },
    password: '********************',
    username: user?.username ?? plan.pendingName,
    http_request: {
      args: Object.fromEntries(new URLSearchParams(plan.query)),
      path: `/api/v3/flows/executor/${store.find('flows', plan.flow)?.slug}/`,
      method: 'POST',
      request_id: uuid().replaceAll('-', ''),
      user_agent: session.userAgent,
    },
  };
}
