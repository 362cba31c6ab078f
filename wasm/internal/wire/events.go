package wire

// Event is one event of contracts/wasm.ts; each is a struct of this file.
type Event interface{ isEvent() }

// Emit hands an event to TypeScript. It never blocks on the receiver.
type Emit func(Event)

// Phase is NodePhase.
type Phase struct {
	At    string     `json:"at"`
	Step  string     `json:"step,omitempty"`
	Error *ErrorJSON `json:"error,omitempty"`
}

// NodePhase is `node/phase`.
type NodePhase struct {
	Kind  string `json:"kind"`
	Phase Phase  `json:"phase"`
}

// HostKey is one SSH host key.
type HostKey struct {
	Type        string `json:"type"`
	Fingerprint string `json:"fingerprint"`
}

// Peer is a peer of the netmap.
type Peer struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	DNSName         string    `json:"dnsName"`
	Addresses       []string  `json:"addresses"`
	OS              string    `json:"os"`
	IsOnline        bool      `json:"isOnline"`
	LastSeenMS      *int64    `json:"lastSeenMs"`
	HasTailscaleSSH bool      `json:"hasTailscaleSsh"`
	HostKeys        []HostKey `json:"hostKeys"`
	Tags            []string  `json:"tags"`
	Owner           string    `json:"owner"`
}

// Region is the home DERP region.
type Region struct {
	ID   int    `json:"id"`
	Code string `json:"code"`
}

// OwnNode is this node in the netmap.
type OwnNode struct {
	Name       string   `json:"name"`
	Addresses  []string `json:"addresses"`
	DERPRegion *Region  `json:"derpRegion"`
	Domain     string   `json:"domain"`
}

// Netmap is a snapshot of the netmap.
type Netmap struct {
	Own   OwnNode `json:"own"`
	Peers []Peer  `json:"peers"`
}

// NodeNetmap is `node/netmap`.
type NodeNetmap struct {
	Kind   string `json:"kind"`
	Netmap Netmap `json:"netmap"`
}

// DERPNode is one server of a DERP region.
type DERPNode struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	// IsInsecure is the map's own mark of a server whose certificate is not to be checked.
	IsInsecure bool `json:"isInsecure"`
}

// DERPRegion is one region of the DERP map.
type DERPRegion struct {
	ID    int        `json:"id"`
	Code  string     `json:"code"`
	Nodes []DERPNode `json:"nodes"`
}

// AgentDERPMap is `agent/derp-map`.
type AgentDERPMap struct {
	Kind    string       `json:"kind"`
	Regions []DERPRegion `json:"regions"`
}

// AgentState is `agent/state`: what a lasting node must be given at its next start. Secret.
type AgentState struct {
	Kind  string `json:"kind"`
	State string `json:"state"`
}

// ProbeLeg is how one leg to a peer went.
type ProbeLeg struct {
	Leg    string     `json:"leg"`
	IsOK   bool       `json:"isOk"`
	TookMS float64    `json:"tookMs"`
	Detail string     `json:"detail"`
	Error  *ErrorJSON `json:"error"`
}

// SSHStep is `ssh/step`.
type SSHStep struct {
	Kind string `json:"kind"`
	Step string `json:"step"`
}

// SSHOpen is `ssh/open`.
type SSHOpen struct {
	Kind       string  `json:"kind"`
	HostKey    HostKey `json:"hostKey"`
	VerifiedBy string  `json:"verifiedBy"`
}

// SSHData is `ssh/data`; its bytes cross as a Uint8Array, not as JSON.
type SSHData struct {
	Kind  string `json:"kind"`
	Bytes []byte `json:"-"`
}

// SSHInputAck is `ssh/input-ack`.
type SSHInputAck struct {
	Kind      string `json:"kind"`
	SizeBytes int    `json:"sizeBytes"`
}

// SSHLatency is `ssh/latency`.
type SSHLatency struct {
	Kind   string  `json:"kind"`
	TookMS float64 `json:"tookMs"`
}

// SSHBanner is `ssh/banner`.
type SSHBanner struct {
	Kind     string  `json:"kind"`
	Text     string  `json:"text"`
	CheckURL *string `json:"checkUrl"`
}

// Prompt is one question.
type Prompt struct {
	Text     string `json:"text"`
	IsEchoed bool   `json:"isEchoed"`
}

// SSHPrompt is `ssh/prompt`.
type SSHPrompt struct {
	Kind        string   `json:"kind"`
	PromptID    int      `json:"promptId"`
	Method      string   `json:"method"`
	Instruction string   `json:"instruction"`
	Prompts     []Prompt `json:"prompts"`
}

// SSHHostKey is `ssh/host-key`.
type SSHHostKey struct {
	Kind    string  `json:"kind"`
	HostKey HostKey `json:"hostKey"`
}

// SSHSilence is `ssh/silence`.
type SSHSilence struct {
	Kind     string `json:"kind"`
	IsSilent bool   `json:"isSilent"`
}

// Exit is how a shell ended.
type Exit struct {
	Status *int    `json:"status"`
	Signal *string `json:"signal"`
}

// SSHExit is `ssh/exit`.
type SSHExit struct {
	Kind string `json:"kind"`
	Exit Exit   `json:"exit"`
}

// SSHFailed is `ssh/failed`.
type SSHFailed struct {
	Kind  string    `json:"kind"`
	Error ErrorJSON `json:"error"`
}

func (NodePhase) isEvent()    {}
func (NodeNetmap) isEvent()   {}
func (AgentDERPMap) isEvent() {}
func (AgentState) isEvent()   {}
func (SSHStep) isEvent()      {}
func (SSHOpen) isEvent()      {}
func (SSHData) isEvent()      {}
func (SSHInputAck) isEvent()  {}
func (SSHLatency) isEvent()   {}
func (SSHBanner) isEvent()    {}
func (SSHPrompt) isEvent()    {}
func (SSHSilence) isEvent()   {}
func (SSHHostKey) isEvent()   {}
func (SSHExit) isEvent()      {}
func (SSHFailed) isEvent()    {}

// Joining is the phase event of a join step.
func Joining(step string) NodePhase {
	return NodePhase{Kind: "node/phase", Phase: Phase{At: "joining", Step: step}}
}

// At is the phase event of a phase without detail: `running` or `stopped`.
func At(phase string) NodePhase {
	return NodePhase{Kind: "node/phase", Phase: Phase{At: phase}}
}

// Failed is the phase event of a failure.
func Failed(err error) NodePhase {
	e := ToWire(err)
	return NodePhase{Kind: "node/phase", Phase: Phase{At: "failed", Error: &e}}
}
