package phone

import "math/bits"

// Law is one of the two companding laws of ITU-T G.711. Its value is the static
// RTP payload type of RFC 3551, table 4.
type Law uint8

// The laws that a test phone speaks.
const (
	MuLaw Law = 0 // PCMU
	ALaw  Law = 8 // PCMA
)

// String gives the encoding name that SDP uses.
func (l Law) String() string {
	if l == MuLaw {
		return "PCMU"
	}
	return "PCMA"
}

// Encode compands one 16 bit sample.
func (l Law) Encode(sample int16) byte {
	if l == MuLaw {
		return encodeMuLaw(int(sample))
	}
	return encodeALaw(int(sample))
}

// Decode expands one octet to a 16 bit sample.
func (l Law) Decode(octet byte) int16 {
	if l == MuLaw {
		return decodeMuLaw(octet)
	}
	return decodeALaw(octet)
}

const (
	aLawInvert = 0x55 // every second bit is inverted on the line
	muLawBias  = 132
	muLawClip  = 32635
)

func encodeALaw(x int) byte {
	sign := byte(0x80)
	if x < 0 {
		x, sign = -x-1, 0
	}
	segment, shift := 0, 4
	if x >= 256 {
		segment = bits.Len(uint(x)) - 8
		shift = segment + 3
	}
	return (sign | byte(segment<<4) | byte(x>>shift)&0x0f) ^ aLawInvert
}

func decodeALaw(octet byte) int16 {
	octet ^= aLawInvert
	x := int(octet&0x0f)<<4 + 8
	if segment := int(octet>>4) & 0x07; segment > 0 {
		x = (x + 256) << (segment - 1)
	}
	if octet&0x80 == 0 {
		x = -x
	}
	return int16(x)
}

func encodeMuLaw(x int) byte {
	sign := byte(0)
	if x < 0 {
		x, sign = -x, 0x80
	}
	x = min(x, muLawClip) + muLawBias
	segment := bits.Len(uint(x)) - 8
	return ^(sign | byte(segment<<4) | byte(x>>(segment+3))&0x0f)
}

func decodeMuLaw(octet byte) int16 {
	octet = ^octet
	x := (int(octet&0x0f)<<3+muLawBias)<<((octet>>4)&0x07) - muLawBias
	if octet&0x80 != 0 {
		x = -x
	}
	return int16(x)
}
