// Who is here, and the form that asks when the server wants to know.
import { computed, signal } from "@preact/signals";
import { api, messageOf, onSignedOut, setCsrf } from "../api/client";
import type { Me } from "../api/types";

export const needs_login = signal(false);
export const me = signal<Me | null>(null);

/** Whether what would change something is offered at all; the server decides in any case. */
export const may_write = computed(
  () => !me.value || me.value.scopes.some((scope) => scope === "write" || scope === "admin"),
);

/** Stands where a change would be offered. */
export const kReadOnly = "Read only: your user may not write";

onSignedOut(() => (needs_login.value = true));

/** Asks the server who we are; servers without users have no answer, and need none. */
export async function askWho(): Promise<void> {
  try {
    me.value = await api.get<Me>("/me");
    setCsrf(me.value.csrf ?? "");
  } catch {
    me.value = null;
  }
}

export async function signOut(): Promise<void> {
  await api.post("/logout", {});
  location.assign("/");
}

const failure = signal("");

async function signIn(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  try {
    await api.post("/login", { user: form.get("user"), password: form.get("password") });
    location.reload();
  } catch (error) {
    failure.value = messageOf(error);
  }
}

export function Login() {
  return (
    <main class="login">
      <form onSubmit={(event) => void signIn(event)}>
        <h1>Sign in to Cairn</h1>
        <label>
          User
          <input name="user" autocomplete="username" required autofocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {failure.value && <p role="alert">{failure.value}</p>}
        <button type="submit" class="button primary">
          Sign in
        </button>
        <p class="login-hint">
          No user yet? On the server: <code>cairn user add NAME</code>
        </p>
      </form>
    </main>
  );
}
