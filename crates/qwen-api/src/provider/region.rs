//! The regions of DashScope, and their hosts.

use crate::price::Currency;

/// A DashScope region.
///
/// ```
/// use qwen_api::Region;
///
/// assert_eq!(Region::from_name("intl"), Some(Region::Singapore));
/// assert_eq!(Region::Us.host(None).as_deref(), Some("dashscope-us.aliyuncs.com"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// China (Beijing): `cn-beijing`.
    Beijing,
    /// Singapore: `ap-southeast-1`.
    Singapore,
    /// US (Virginia): `us-east-1`.
    Us,
    /// China (Hong Kong): `cn-hongkong`.
    HongKong,
    /// Germany (Frankfurt): `eu-central-1`.
    Frankfurt,
    /// Japan (Tokyo): `ap-northeast-1`.
    Tokyo,
}

impl Region {
    /// All of them.
    pub const ALL: [Region; 6] = [
        Region::Beijing,
        Region::Singapore,
        Region::Us,
        Region::HongKong,
        Region::Frankfurt,
        Region::Tokyo,
    ];

    /// The name in common use: `beijing`.
    pub fn name(self) -> &'static str {
        match self {
            Region::Beijing => "beijing",
            Region::Singapore => "singapore",
            Region::Us => "us",
            Region::HongKong => "hongkong",
            Region::Frankfurt => "frankfurt",
            Region::Tokyo => "tokyo",
        }
    }

    /// The region of this name: `beijing`, or the service's own identifier, `cn-beijing`.
    pub fn from_name(name: &str) -> Option<Region> {
        match name.to_ascii_lowercase().as_str() {
            "beijing" | "cn-beijing" | "cn" => Some(Region::Beijing),
            "singapore" | "ap-southeast-1" | "intl" => Some(Region::Singapore),
            "us" | "virginia" | "us-east-1" => Some(Region::Us),
            "hongkong" | "hong-kong" | "cn-hongkong" => Some(Region::HongKong),
            "frankfurt" | "eu-central-1" => Some(Region::Frankfurt),
            "tokyo" | "ap-northeast-1" => Some(Region::Tokyo),
            _ => None,
        }
    }

    /// The service's own identifier: `cn-beijing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Region::Beijing => "cn-beijing",
            Region::Singapore => "ap-southeast-1",
            Region::Us => "us-east-1",
            Region::HongKong => "cn-hongkong",
            Region::Frankfurt => "eu-central-1",
            Region::Tokyo => "ap-northeast-1",
        }
    }

    /// The currency in which it charges.
    pub fn currency(self) -> Currency {
        match self {
            Region::Beijing => Currency::Cny,
            _ => Currency::Usd,
        }
    }

    /// The host that all workspaces of the region share; Frankfurt and Tokyo have none.
    fn shared_host(self) -> Option<&'static str> {
        match self {
            Region::Beijing => Some("dashscope.aliyuncs.com"),
            Region::Singapore => Some("dashscope-intl.aliyuncs.com"),
            Region::Us => Some("dashscope-us.aliyuncs.com"),
            Region::HongKong => Some("cn-hongkong.dashscope.aliyuncs.com"),
            Region::Frankfurt | Region::Tokyo => None,
        }
    }

    /// The host for requests: a workspace's own, else the shared one. `None` where there is only the former.
    pub fn host(self, workspace: Option<&str>) -> Option<String> {
        match workspace {
            Some(workspace) => Some(format!("{workspace}.{}.maas.aliyuncs.com", self.as_str())),
            None => self.shared_host().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_their_hosts() {
        assert_eq!(Region::Tokyo.host(None), None);
        assert_eq!(
            Region::Tokyo.host(Some("ws-1")).as_deref(),
            Some("ws-1.ap-northeast-1.maas.aliyuncs.com")
        );
        assert_eq!(Region::Us.host(None).as_deref(), Some("dashscope-us.aliyuncs.com"));
    }
}
