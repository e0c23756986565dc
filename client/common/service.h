// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a program tells the service manager that started it, where one has
// given it a socket: sd_notify(3) of systemd. Without one nothing happens.
#ifndef WEIR_COMMON_SERVICE_H
#define WEIR_COMMON_SERVICE_H

/// The program does what it is there for, or waits for what it needs to do
/// it.  @control  Once.
void weir_service_ready(void);

/// It is not stuck: to be called at least once a second from where it would
/// be; the manager hears it once or twice a second (WatchdogSec= of 5 s and
/// more).  @control
void weir_service_alive(void);

/// It has begun to end, which may take a moment; the
/// second time does nothing.  @control
void weir_service_stopping(void);

#endif
