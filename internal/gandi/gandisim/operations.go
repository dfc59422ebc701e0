package gandisim

func operationKeys() filterKeys {
	return filterKeys{
		"id": "int", "contact_id": "int", "cert_id": "int", "disk_id": "int", "iface_id": "int", "ip_id": "int", "mbox_id": "int",
		"site_id": "int", "vm_id": "int", "vlan_id": "int", "type": "string", "step": "string", "domain": "string",
		"cert.hostname": "string", "disk.name": "string", "source": "string",
		"date_created": "date", "date_start": "date", "date_updated": "date",
	}
}

func (w *World) operationRow(o *operation) row {
	// What a reply hides a filter finds nevertheless.
	match := Struct{
		"id": o.id, "type": o.kind, "step": o.step, "source": o.handle, "contact_id": o.session, "disk.name": nil,
		"vm_id": idOrNil(o.vm), "disk_id": idOrNil(o.disk), "iface_id": idOrNil(o.iface), "ip_id": idOrNil(o.ip), "vlan_id": idOrNil(o.vlan),
		"site_id":      idOrNil(o.site),
		"date_created": w.wireTime(o.created), "date_updated": w.wireTime(o.updated), "date_start": w.wireTime(o.started),
	}
	if d, ok := o.params["disk"].(Struct); ok {
		match["disk.name"] = d["name"]
	} else if d, ok := w.disks[o.disk]; ok {
		match["disk.name"] = d.name
	}
	return row{id: o.id, handle: o.handle, render: func() Struct { return w.full(o) }, match: match}
}

// operationOf is the caller's operation of that id.
func (w *World) operationOf(c *call, id int) (*operation, *Fault) {
	o, ok := w.ops[id]
	if !ok {
		return nil, missing(objOperation, id)
	}
	return o, w.mayTouch(c, objOperation, id, o.handle)
}

func operationList(w *World, c *call) (any, *Fault) {
	return w.listing(c, "operation", operationKeys(), c.args[0])
}

func operationCount(w *World, c *call) (any, *Fault) {
	return w.counting(c, "operation", operationKeys(), c.args[0])
}

func operationInfo(w *World, c *call) (any, *Fault) {
	o, fault := w.operationOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.full(o), nil
}

// operationCancel also serves operation.delete of the 1.0 beta, which had no cancel.
func operationCancel(w *World, c *call) (any, *Fault) {
	o, fault := w.operationOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	allowed := false
	switch w.sw("cancel") {
	case "always":
		allowed = !o.finished()
	case "waiting":
		allowed = o.step == stepBill || o.step == stepWait
	}
	if !allowed {
		return nil, refuse(objOperation, causeBadState, "operation '%d' is %s and cannot be canceled", o.id, o.step)
	}
	w.cancel(o, w.now)
	c.touched = append(c.touched, o.id)
	return true, nil
}

// operationRelaunch is for operations on domains, of which this world has none.
func operationRelaunch(w *World, c *call) (any, *Fault) {
	o, fault := w.operationOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return nil, refuse(objOperation, causeNotAllowed, "operation '%d' (%s) cannot be relaunched", o.id, o.kind)
}
