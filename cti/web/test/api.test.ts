import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, signIn } from '../src/api';

afterEach(() => void vi.unstubAllGlobals());

const refusal = async (status: number, body: object, headers: Record<string, string> = {}): Promise<unknown> => {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status, headers }));
  return signIn('agent01', 'x').catch((err: unknown) => err);
};

test('a lock-out tells its code and the seconds left', async () => {
  const err = await refusal(429, { code: 'locked', message: 'too many failures' }, { 'Retry-After': '871' });
  expect(err).toBeInstanceOf(ApiError);
  expect(err).toMatchObject({ code: 'locked', status: 429, retryAfter: 871 });
});

test.each([undefined, 'Mon, 02 Mar 2026 09:00:00 GMT', '-1', ''])('Retry-After %s tells no seconds', async (value) => {
  const err = await refusal(401, { code: 'wrong_password', message: 'wrong' }, value === undefined ? {} : { 'Retry-After': value });
  expect(err).toMatchObject({ code: 'wrong_password', retryAfter: null });
});

test('a server that is not reached is offline', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(signIn('agent01', 'x')).rejects.toMatchObject({ code: 'offline', retryAfter: null });
});
