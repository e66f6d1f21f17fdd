export interface SignIn {
  readonly proxy: string;
  readonly username: string;
  readonly password: string;
  readonly code?: (secret: string) => string;
}
export function signIn(
  address: string,
  how: SignIn,
): Promise<{ status: number; url: URL; text: string; enrolled: boolean }>;
export function makePeople(home: string, url: string): Promise<string>;
