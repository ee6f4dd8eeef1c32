// A form that the browser sends by itself and whose answer it shows: Reflex's own never leave the page.
export function PlainForm({ children, ref: _ignored, ...rest }) {
  return <form {...rest}>{children}</form>;
}
