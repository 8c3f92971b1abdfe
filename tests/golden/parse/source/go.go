package main

// Crosses.
func cross() int {
	return 1
}

type Boat struct {
	name string
}
