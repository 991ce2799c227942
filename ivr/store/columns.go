package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// wall reads and writes a time as Unix milliseconds; the zero time is NULL.
type wall struct{ t *time.Time }

// Value gives the column's value.
func (w wall) Value() (driver.Value, error) {
	if w.t.IsZero() {
		return nil, nil
	}
	return w.t.UnixMilli(), nil
}

// Scan takes the column's value.
func (w wall) Scan(value any) error {
	switch ms := value.(type) {
	case nil:
		*w.t = time.Time{}
	case int64:
		*w.t = time.UnixMilli(ms).UTC()
	default:
		return fmt.Errorf("a time cannot be read from %T", value)
	}
	return nil
}

// text reads and writes a value as JSON text.
type text[T any] struct{ v *T }

// Value gives the column's value.
func (c text[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(c.v)
	return string(b), err
}

// Scan takes the column's value.
func (c text[T]) Scan(value any) error {
	switch b := value.(type) {
	case string:
		return json.Unmarshal([]byte(b), c.v)
	case []byte:
		return json.Unmarshal(b, c.v)
	}
	return fmt.Errorf("JSON cannot be read from %T", value)
}
