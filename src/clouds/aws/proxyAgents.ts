import { ProxyAgent } from 'proxy-agent';

const variables = ['https_proxy', 'http_proxy', 'all_proxy'];

/**
 * Agents that go through the proxies of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case; nothing where
 * none is set. Neither the SDK nor Node 20 heeds these variables by itself.
 */
export function proxyAgents(
  environment: Readonly<Record<string, string | undefined>>,
): { httpAgent: ProxyAgent; httpsAgent: ProxyAgent } | undefined {
  const isSet = variables.some((name) => environment[name] || environment[name.toUpperCase()]);
  if (!isSet) return undefined;
  // Over a kept connection http-proxy-agent would send plain requests without the host that the proxy needs.
  return { httpAgent: new ProxyAgent(), httpsAgent: new ProxyAgent({ keepAlive: true }) };
}
