import { chooseServerUser, parsePasswd } from 'freshet/embedded/system-user';
import { describe, expect, test } from 'vitest';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
postgres:x:101:104::/var/lib/postgresql:/bin/bash
broken line
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const users = parsePasswd(PASSWD);
const [root, postgres, nobody] = users;

test('lines of /etc/passwd become users, and other lines are passed over', () => {
  expect(users).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'postgres', uid: 101, gid: 104 },
    { name: 'nobody', uid: 65_534, gid: 65_534 },
  ]);
});

describe('who runs the server', () => {
  test('an ordinary user does so himself', () => {
    expect(chooseServerUser({ ownUid: 1_000, users, dataOwner: undefined })).toBeUndefined();
    expect(chooseServerUser({ ownUid: 1_000, users, dataOwner: 1_000 })).toBeUndefined();
  });

  test('an ordinary user is told whose the data is', () => {
    expect(() => chooseServerUser({ ownUid: 1_000, users, dataOwner: 101 })).toThrow('belong to the user postgres');
    expect(() => chooseServerUser({ ownUid: 1_000, users, dataOwner: 777 })).toThrow('belong to the user uid 777');
  });

  test('root takes postgres, or nobody where there is no postgres', () => {
    expect(chooseServerUser({ ownUid: 0, users, dataOwner: undefined })).toEqual(postgres);
    expect(chooseServerUser({ ownUid: 0, users: [root, nobody].flatMap((user) => user ?? []), dataOwner: undefined })).toEqual(nobody);
  });

  test('root takes the owner of data that is there already', () => {
    expect(chooseServerUser({ ownUid: 0, users, dataOwner: 65_534 })).toEqual(nobody);
  });

  test('root is never chosen, not even when renamed', () => {
    const onlyRoots = [{ name: 'postgres', uid: 0, gid: 0 }];
    expect(() => chooseServerUser({ ownUid: 0, users: onlyRoots, dataOwner: undefined })).toThrow('refuses to run as root');
    expect(() => chooseServerUser({ ownUid: 0, users: [], dataOwner: 0 })).toThrow('refuses to run as root');
  });
});
