package gandi

// OperationCancel asks Gandi to drop an operation. Whether hosting operations can be cancelled, and from which steps, is
// not published: look at the operation afterwards.
type OperationCancel struct{ ID OperationID }

func (c OperationCancel) Method() string { return "operation.cancel" }
func (c OperationCancel) Params() []any  { return []any{int(c.ID)} }
func (c OperationCancel) Repeat() Repeat { return Repeatable }
