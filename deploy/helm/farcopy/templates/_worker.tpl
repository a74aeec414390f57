{{/*
A Deployment of workers and its PodDisruptionBudget: dict of `root`, `name`, `queues`, `replicas` (null: something else scales it),
`resources`, `serviceAccount`, `environment`, `channelSecrets`.
*/}}
{{- define "farcopy.worker" -}}
{{- $root := .root -}}
{{- $fullname := printf "%s-%s" (include "farcopy.fullname" $root) .name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $fullname }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "farcopy.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  {{- if not (kindIs "invalid" .replicas) }}
  replicas: {{ .replicas }}
  {{- end }}
  # A new pod polls before an old one ends.
  strategy:
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "farcopy.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .name }}
  template:
    metadata:
      {{- include "farcopy.podMetadata" (dict "root" $root "component" .name) | nindent 6 }}
    spec:
      {{- include "farcopy.podSpec" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ add $root.Values.drainSeconds 30 }}
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "farcopy.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $.name }}
          # Only pods of one roll-out are spread against each other.
          matchLabelKeys: [pod-template-hash]
        {{- end }}
      containers:
        - name: worker
          args:
            - worker
            - --queues
            - {{ .queues }}
            - --drain-timeout
            - {{ $root.Values.drainSeconds }}s
            - --log-format
            - {{ $root.Values.logFormat }}
            {{- with $root.Values.fleet.overlay }}
            - --overlay
            - {{ . }}
            {{- end }}
          {{- include "farcopy.container" $root | nindent 10 }}
          env:
            {{- include "farcopy.environment" $root | nindent 12 }}
            - { name: FARCOPY_HEALTH_ADDRESS, value: '0.0.0.0:8080' }
            {{- with $root.Values.workerVersioning.buildId }}
            - { name: TEMPORAL_DEPLOYMENT_NAME, value: {{ $root.Values.workerVersioning.deploymentName | quote }} }
            - { name: TEMPORAL_WORKER_BUILD_ID, value: {{ . | quote }} }
            {{- end }}
            {{- range $name, $value := .environment }}
            - { name: {{ $name }}, value: {{ $value | quote }} }
            {{- end }}
          {{- with .channelSecrets }}
          envFrom:
            {{- range . }}
            - secretRef: { name: {{ . }} }
            {{- end }}
          {{- end }}
          ports:
            - { name: health, containerPort: 8080 }
          # Until it answers for the first time; then liveness takes over.
          startupProbe:
            httpGet: { path: /livez, port: health }
            periodSeconds: 2
            failureThreshold: 60
            timeoutSeconds: 5
          # Never /readyz: while Temporal is away, all workers would be killed over and over, and nothing would be mended.
          livenessProbe:
            httpGet: { path: /livez, port: health }
            timeoutSeconds: 10
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 5
            timeoutSeconds: 5
          resources:
            {{- toYaml .resources | nindent 12 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $fullname }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "farcopy.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  # Nodes can always be drained, one pod at a time, also where there is only one.
  maxUnavailable: 1
  # One that was never ready serves nobody, and holds up no drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "farcopy.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .name }}
{{- end }}
