// Package demo simulates a believable omnichannel shop, the fictitious skin-care
// brand 山野集, from a seed and with known truth: who buys how often, who has
// left, what seasons and promotions do. It writes that shop's files as a real
// shop would export them, dirt included, and counts the dirt.
package demo
