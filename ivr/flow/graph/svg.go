package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/goccy/go-graphviz"
)

// SVG draws the graph as an image. It runs Graphviz inside this process and needs no other
// program; a large flow takes a second or two.
func (g *Graph) SVG(ctx context.Context) (image []byte, err error) {
	engine, err := graphviz.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", g, err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	drawing, err := graphviz.ParseBytes([]byte(g.DOT()))
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", g, err)
	}
	defer func() { err = errors.Join(err, drawing.Close()) }()
	var out bytes.Buffer
	if err := engine.Render(ctx, drawing, graphviz.SVG, &out); err != nil {
		return nil, fmt.Errorf("draw %s: %w", g, err)
	}
	return out.Bytes(), nil
}
