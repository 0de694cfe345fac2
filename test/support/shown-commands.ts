/** The calls of `freshet` in a block of shell, each as its words. Enough shell for the docs: quotes, pipes, variables before a command. */
export function freshetCalls(text: string): readonly (readonly string[])[] {
  return text.replaceAll('\\\n', ' ').split('\n').flatMap((line) => callsOfLine(line.replace(/^\$ /, '')));
}

const TOKEN = /#.*$|"[^"]*"|'[^']*'|[|&;<>()]+|[^\s"'|&;<>()]+/g;
const BREAK = /^[|&;<>()#]/;
const BEFORE_A_COMMAND = /^\w+=/;

function callsOfLine(line: string): string[][] {
  const calls: string[][] = [];
  let call: string[] | undefined;
  let commandMayCome = true;
  for (const [token] of line.matchAll(TOKEN)) {
    if (BREAK.test(token)) {
      call = undefined;
      commandMayCome = !/^[<>]+$/.test(token);
    } else if (call !== undefined) {
      call.push(token.replaceAll(/^["']|["']$/g, ''));
    } else if (commandMayCome && token === 'freshet') {
      call = [];
      calls.push(call);
    } else {
      commandMayCome &&= BEFORE_A_COMMAND.test(token);
    }
  }
  return calls;
}
