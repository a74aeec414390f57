{{/* What every pod has, whatever it runs: dict of `root`, `component`, `serviceAccount`. */}}
{{- define "farcopy.podMetadata" -}}
{{- $root := .root -}}
labels:
  {{- include "farcopy.selector" $root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with $root.Values.pods.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # Workers read the file and the variables when they start: what has changed rolls them.
  checksum/fleet-file: {{ $root.Values.fleet.file | sha256sum }}
  checksum/secrets: {{ list $root.Values.externalId $root.Values.temporal | toJson | sha256sum }}
  {{- with $root.Values.pods.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "farcopy.podSpec" -}}
{{- $root := .root -}}
serviceAccountName: {{ .serviceAccount }}
# Nothing here asks Kubernetes for anything; tokens for clouds are mounted by whoever makes them.
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $root.Values.pods.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.pods.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
volumes:
  - name: fleet
    configMap: { name: {{ include "farcopy.fleetConfigMap" $root }} }
  {{- with include "farcopy.clientSecret" $root }}
  - name: temporal-client
    secret:
      secretName: {{ . }}
      # 0440, which YAML's versions read differently.
      defaultMode: 288
  {{- end }}
  {{- with include "farcopy.serverCaSecret" $root }}
  - name: temporal-server-ca
    secret: { secretName: {{ . }} }
  {{- end }}
  {{- with $root.Values.googleCredentialsSecret }}
  - name: google-credentials
    secret:
      secretName: {{ . }}
      # 0440, which YAML's versions read differently.
      defaultMode: 288
  {{- end }}
{{- end }}

{{- define "farcopy.container" -}}
image: {{ include "farcopy.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: fleet, mountPath: /etc/farcopy, readOnly: true }
  {{- if include "farcopy.clientSecret" . }}
  - { name: temporal-client, mountPath: /etc/temporal-client, readOnly: true }
  {{- end }}
  {{- if include "farcopy.serverCaSecret" . }}
  - { name: temporal-server-ca, mountPath: /etc/temporal-server-ca, readOnly: true }
  {{- end }}
  {{- if .Values.googleCredentialsSecret }}
  - { name: google-credentials, mountPath: /etc/google, readOnly: true }
  {{- end }}
{{- end }}

{{- define "farcopy.environment" -}}
- { name: FARCOPY_FLEET, value: /etc/farcopy/fleet.yaml }
- { name: TEMPORAL_ADDRESS, value: {{ .Values.temporal.address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
{{- with include "farcopy.apiKeySecret" . }}
- name: TEMPORAL_API_KEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: apiKey } }
{{- end }}
{{- if include "farcopy.tls" . }}
- { name: TEMPORAL_TLS, value: 'true' }
{{- end }}
{{- with .Values.temporal.tls.serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- if include "farcopy.clientSecret" . }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /etc/temporal-client/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /etc/temporal-client/tls.key }
{{- end }}
{{- if include "farcopy.serverCaSecret" . }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /etc/temporal-server-ca/ca.crt }
{{- end }}
{{- with include "farcopy.externalIdSecret" . }}
- name: {{ $.Values.externalId.variable }}
  valueFrom: { secretKeyRef: { name: {{ . }}, key: externalId } }
{{- end }}
{{- with .Values.payloads.key }}
- { name: FARCOPY_PAYLOAD_KEY, value: {{ . | quote }} }
{{- end }}
{{- with .Values.payloads.oldKeys }}
- { name: FARCOPY_PAYLOAD_OLD_KEYS, value: {{ join "," . | quote }} }
{{- end }}
{{- if .Values.googleCredentialsSecret }}
- { name: GOOGLE_APPLICATION_CREDENTIALS, value: /etc/google/credentials.json }
{{- end }}
{{- range $name, $value := .Values.environment }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}
