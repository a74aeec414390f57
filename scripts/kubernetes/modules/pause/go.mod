module farcopy/scripts/kubernetes/pause

go 1.26
