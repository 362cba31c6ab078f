// The shell is the same for everybody and holds no data: it is drawn in the window alone.
export const ssr = false;
export const prerender = false;
