/** @param text of ours: it is not escaped */
export function doorPage(text: string): string {
  return `<!doctype html>
<html lang="en">
<title>Farcopy codec</title>
<p>${text}</p>
<form method="post">
  <label>Token <input type="password" name="token" autocomplete="off" required></label>
  <button>Give</button>
</form>
`;
}
