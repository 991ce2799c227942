package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// drawWithin is how long Graphviz may take; a large flow takes a second.
const drawWithin = 30 * time.Second

// SVG draws the graph as an image. It needs the program dot of Graphviz.
func (g *Graph) SVG(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, drawWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, "dot", "-Tsvg")
	cmd.Stdin = strings.NewReader(g.DOT())
	var image, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &image, &complaint
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("draw %s: the program dot is missing: install graphviz, or take --format mermaid or dot", g)
	case err != nil:
		return nil, fmt.Errorf("draw %s: %w: %s", g, err, strings.TrimSpace(complaint.String()))
	}
	return image.Bytes(), nil
}
