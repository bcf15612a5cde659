/** Stylesheets are handled by the bundler; this is the type that it gives their class names. */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export = classes;
}
declare module '*.css';
