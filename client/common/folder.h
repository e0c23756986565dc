// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Folders that others have written in.
#ifndef WEIR_COMMON_FOLDER_H
#define WEIR_COMMON_FOLDER_H

/// Remove it with what is in it, 8 folders deep at most; no link in it is
/// followed.  What cannot be removed stays.  @control
void weir_folder_remove(const char *path);

/// Remove FOLDER/SUB/FILE; no link is followed.  @control
void weir_folder_drop(const char *folder, const char *sub, const char *file);

#endif
