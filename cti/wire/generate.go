package wire

//go:generate go run ./gen -in wire.go -out ../web/src/wire.gen.ts
