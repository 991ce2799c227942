// A small ctid for development and screenshots: serves dist, speaks ctid.v1 and the
// pages of /api/v1, and lets SIP through to a function. One agent, no call centre behind.
//
//   node dev/fake.mjs [port]       any password but "wrong" and "locked" signs in, supervisor... as one; calls come by themselves
//
// As a module: startFake({ port, onSip }) gives { url, desk, close }, where desk changes
// what the agent sees and tells the page.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { FakeDesk } from './fakedesk.mjs';
import * as records from './records.mjs';
import * as samples from './samples.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

// The same policy as the real server's: what the page breaks here it breaks there.
const policy =
  "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

async function serveFile(path, response) {
  const known = ['/', '/reports', '/cases', '/callbacks', '/surveys', '/phone'].includes(path) || extname(path) !== '';
  const file = extname(path) === '' ? 'index.html' : normalize(path);
  try {
    const body = await readFile(join(dist, file));
    response.writeHead(known ? 200 : 404, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end('not found');
  }
}

function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

async function serveAPI(request, response, url, { desk, cases }) {
  const signedIn = /ctid=in/.test(request.headers.cookie ?? '');
  const cookie = (value) => ({ 'Set-Cookie': `ctid=${value}; HttpOnly; SameSite=Strict; Path=/` });
  switch (`${request.method} ${url.pathname.replace('/api/v1', '')}`) {
    case 'POST /session': {
      const { user, password } = await bodyOf(request);
      if (password === 'wrong') return json(response, { code: 'wrong_password', message: 'wrong' }, 401);
      if (password === 'locked') return json(response, { code: 'locked', message: 'locked' }, 429, { 'Retry-After': '871' });
      desk.role = user.startsWith('supervisor') ? 'supervisor' : 'agent';
      response.writeHead(204, cookie('in'));
      return response.end();
    }
    case 'DELETE /session':
      response.writeHead(204, cookie(''));
      return response.end();
    case 'POST /guest':
      return json(response, { user: 'guest1', secret: 's', numbers: ['0380008000', '0380008001'], token: 't' });
    case 'DELETE /guest':
      response.writeHead(204);
      return response.end();
  }
  if (!signedIn) return json(response, { code: 'forbidden', message: 'sign in' }, 401);
  if (url.pathname.startsWith('/api/v1/cases/')) return serveCase(request, response, url, { desk, cases });
  switch (url.pathname.replace('/api/v1', '')) {
    case '/me':
      return json(response, { ...samples.me, role: desk.role, reads: desk.role !== 'agent', csrf: 'csrf' });
    case '/reports/clusters':
      return json(response, samples.clusters(url.searchParams.get('day')));
    case '/reports/calls':
      return json(response, samples.calls());
    case '/reports/ivr':
      return json(response, records.ivr());
    case '/reports/cases':
      return json(response, records.caseReport());
    case '/cases':
      return json(response, cases.page(url.searchParams));
    case '/callbacks':
      return json(response, records.callbacks());
    case '/surveys':
      return json(response, records.surveys(url.searchParams.get('by')));
    case '/bundle':
      return json(response, records.bundle());
    case '/voicemails':
      return json(response, samples.voicemails());
    default:
      return json(response, { code: 'not_found', message: 'no such thing' }, 404);
  }
}

async function serveCase(request, response, url, { desk, cases }) {
  const [number, part] = url.pathname.replace('/api/v1/cases/', '').split('/');
  const one = cases.one(number);
  if (!one) return json(response, { code: 'not_found', message: 'no such case' }, 404);
  if (part === 'audio') {
    response.writeHead(200, { 'Content-Type': 'audio/wav' });
    return response.end(records.tone());
  }
  if (part !== 'status') return json(response, desk.role === 'agent' ? records.masked(one) : one);
  const { status, why } = await bodyOf(request);
  cases.move(number, status, why);
  response.writeHead(204);
  return response.end();
}

/** Starts the server; onSip is given each SIP websocket. */
export async function startFake({ port = 0, onSip = (socket) => socket.close() } = {}) {
  const desk = new FakeDesk();
  const cases = new records.Cases();
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const served = url.pathname.startsWith('/api/') ? serveAPI(request, response, url, { desk, cases }) : serveFile(url.pathname, response);
    served.catch((err) => response.writeHead(500).end(String(err)));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] });
  server.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    sockets.handleUpgrade(request, socket, head, (ws) => (path === '/cti' ? desk.join(ws) : onSip(ws, request)));
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  const close = async () => {
    desk.stop();
    for (const ws of sockets.clients) ws.terminate();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://localhost:${server.address().port}`, desk, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await startFake({ port: Number(process.argv[2] ?? 8080) });
  setInterval(() => fake.desk.state.agent.state === 'ready' && fake.desk.offer(), 4000);
  console.log(`fake ctid at ${fake.url}: any user, any password but "wrong"`);
}
