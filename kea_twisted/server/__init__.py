"""Composition: builds complete objects and hands them over; everything else is unaware of its neighbours."""
