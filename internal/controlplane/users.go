package controlplane

import (
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// User is how a person or program of that name reaches the API server, as a
// member of groups and of system:authenticated. It may do what RBAC grants to any
// of these: nothing, for a name made up on the spot.
//
// A name like system:serviceaccount:<namespace>:<name>, with the groups
// system:serviceaccounts and system:serviceaccounts:<namespace>, stands for a
// service account.
func (c *ControlPlane) User(name string, groups ...string) (*rest.Config, error) {
	certificate, key, err := c.authority.client(name, groups)
	if err != nil {
		return nil, err
	}
	config := c.Config()
	config.CertData, config.KeyData = certificate, key
	return config, nil
}

// WriteKubeconfig stores config at path for kubectl and other programs, readable
// by its owner alone.
func WriteKubeconfig(path string, config *rest.Config) error {
	const name = "gandi-operator"
	file := clientcmdapi.NewConfig()
	file.CurrentContext = name
	file.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	file.Clusters[name] = &clientcmdapi.Cluster{
		Server:                   config.Host,
		CertificateAuthorityData: config.CAData,
	}
	file.AuthInfos[name] = &clientcmdapi.AuthInfo{
		ClientCertificateData: config.CertData,
		ClientKeyData:         config.KeyData,
		Token:                 config.BearerToken,
	}
	if err := clientcmd.WriteToFile(*file, path); err != nil {
		return fmt.Errorf("storing kubeconfig %s: %w", path, err)
	}
	return nil
}
