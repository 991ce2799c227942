package cti

// Route is what tests see of a route.
type Route struct{ Method, Path string }

// Routes gives all routes.
func (w *Web) Routes() []Route {
	var all []Route
	for _, r := range w.routes() {
		all = append(all, Route{r.method, r.path})
	}
	return all
}
