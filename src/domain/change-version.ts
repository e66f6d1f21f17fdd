/** Schema version of the resources that are written now; older ones are lifted by `upcast`. */
export const CHANGE_VERSION = 3;
