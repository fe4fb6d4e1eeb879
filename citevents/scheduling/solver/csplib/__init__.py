"""CSPLib, the public benchmark of conference scheduling: its workbooks, its objective, its search."""
