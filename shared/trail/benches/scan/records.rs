//! Makes log files to measure with: records of the shapes and sizes that trails really hold, varied at random from a
//! fixed seed.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The role whose calls the benchmark looks for.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/service/invoice-renderer";

/// One record in this many is the role's.
const SHARE: u64 = 20;

/// A set of log files.
pub(crate) struct Trail {
    /// The files as they are in the bucket.
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) records: u64,
    /// Bytes of all files, decompressed.
    pub(crate) bytes: u64,
    /// Records of the role.
    pub(crate) matching: u64,
}

/// Makes `files` log files of `records` records each.
pub(crate) fn trail(files: usize, records: u64) -> Trail {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut trail = Trail {
        files: Vec::new(),
        records: 0,
        bytes: 0,
        matching: 0,
    };
    for _ in 0..files {
        let mut text = String::from(r#"{"Records":["#);
        for number in 0..records {
            if number > 0 {
                text.push(',');
            }
            let wanted = random.below(SHARE) == 0;
            trail.matching += u64::from(wanted);
            record(&mut text, &mut random, wanted);
        }
        text.push_str("]}");
        trail.records += records;
        trail.bytes += text.len() as u64;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).expect("writing to memory");
        trail.files.push(encoder.finish().expect("writing to memory"));
    }
    trail
}

/// Holds who calls, where and when. All records of one caller share this part.
struct Caller {
    identity: String,
    tail: String,
}

fn caller(random: &mut Random, wanted: bool) -> Caller {
    let role = if wanted {
        ROLE.to_owned()
    } else {
        const ROLES: [&str; 6] = [
            "web/storefront",
            "web/checkout",
            "etl-nightly",
            "ci/deployer",
            "observability",
            "audit/collector",
        ];
        format!("arn:aws:iam::111122223333:role/{}", random.pick(&ROLES))
    };
    let name = role.rsplit('/').next().unwrap_or_default();
    let id = name.len() as u64 * 7_919;
    // A fleet of short-lived tasks has this many sessions.
    let session = random.below(1 << 16);
    let identity = if wanted || random.below(5) > 0 {
        format!(
            r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLE{id:09}:i-0a1b2c3d4e5f{session:05x}","arn":"arn:aws:sts::111122223333:assumed-role/{name}/i-0a1b2c3d4e5f{session:05x}","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE{:09}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE{id:09}","arn":"{role}","accountId":"111122223333","userName":"{name}"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"2024-03-05T{:02}:{:02}:11Z","mfaAuthenticated":"false"}},"ec2RoleDelivery":"2.0"}}}}"#,
            session * 7_919,
            session % 24,
            session % 60,
        )
    } else {
        let user = random.pick(&["dora", "emil", "frida", "gustav"]);
        format!(
            r#"{{"type":"IAMUser","principalId":"AIDAEXAMPLE00000{user:*>5}","arn":"arn:aws:iam::111122223333:user/people/{user}","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE000000000","userName":"{user}","sessionContext":{{"attributes":{{"creationDate":"2024-03-05T08:00:00Z","mfaAuthenticated":"true"}}}}}}"#
        )
    };
    let tail = format!(
        r#""requestID":"{}","eventID":"{}","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"service.eu-west-1.amazonaws.com"}}"#,
        random.uuid(),
        random.uuid(),
    );
    Caller { identity, tail }
}

fn record(text: &mut String, random: &mut Random, wanted: bool) {
    let Caller { identity, tail } = caller(random, wanted);
    let (body, tail) = match random.below(20) {
        0..5 => (describe(random), tail),
        5..9 => (decrypt(random), tail),
        9..13 => (
            get_object(random),
            tail.replace("Management", "Data")
                .replace("ment\":true", "ment\":false"),
        ),
        13..15 => (get_item(random), tail),
        15..17 => (assume_role(random), tail),
        17 => (
            create_policy(random),
            tail.replace("readOnly\":true", "readOnly\":false"),
        ),
        18 => (
            update_function(random),
            tail.replace("readOnly\":true", "readOnly\":false"),
        ),
        _ => (
            run_instances(random),
            tail.replace("readOnly\":true", "readOnly\":false"),
        ),
    };
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    let agent = random.pick(&AGENTS);
    let address = random.below(200);
    write!(
        text,
        r#"{{"eventVersion":"1.09","userIdentity":{identity},"eventTime":"2024-03-05T{hour:02}:{minute:02}:{second:02}Z","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.{address}","userAgent":"{agent}",{body},{tail}}}"#
    )
    .expect("writing to memory");
}

const AGENTS: [&str; 4] = [
    "aws-sdk-java/2.21.29 Linux/5.10.205-195.804.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.9+8-LTS Java/17.0.9 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/standard",
    "Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10.201-191.748.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.6 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.11",
    "APN/1.0 HashiCorp/1.0 Terraform/1.6.6 (+https://www.terraform.io) terraform-provider-aws/5.31.0 aws-sdk-go-v2/1.24.0 os/linux lang/go#1.20.12 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.142.0",
    "AWS Internal",
];

fn describe(random: &mut Random) -> String {
    let (name, set) = *random.pick(&[
        ("DescribeInstances", "instancesSet"),
        ("DescribeVolumes", "volumeSet"),
        ("DescribeNetworkInterfaces", "networkInterfaceIdSet"),
        ("DescribeSecurityGroups", "securityGroupSet"),
    ]);
    format!(
        r#""eventSource":"ec2.amazonaws.com","eventName":"{name}","requestParameters":{{"{set}":{{}},"filterSet":{{"items":[{{"name":"vpc-id","valueSet":{{"items":[{{"value":"vpc-0{:015x}"}}]}}}}]}}}},"responseElements":null"#,
        random.below(30),
    )
}

fn decrypt(random: &mut Random) -> String {
    let (key, function) = (random.below(12), random.below(25));
    format!(
        r#""eventSource":"kms.amazonaws.com","eventName":"Decrypt","requestParameters":{{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{{"aws:lambda:FunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:orders-{function}","SecretARN":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders/{function}/database"}}}},"responseElements":null,"resources":[{{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/0f3c2d1e-0000-4000-8000-{key:012}"}}]"#
    )
}

fn get_object(random: &mut Random) -> String {
    let bucket = random.pick(&["acme-invoices", "acme-exports", "acme-assets"]);
    let key = format!(
        "2024/03/{:02}/{:08x}.pdf",
        random.below(31) + 1,
        random.below(1 << 32)
    );
    format!(
        r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","requestParameters":{{"bucketName":"{bucket}","Host":"{bucket}.s3.eu-west-1.amazonaws.com","key":"{key}"}},"responseElements":null,"additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{:016x}{:016x}=","bytesTransferredOut":{}}},"resources":[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::{bucket}/{key}"}},{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{bucket}"}}]"#,
        random.next(),
        random.next(),
        random.below(900_000),
    )
}

fn get_item(random: &mut Random) -> String {
    let table = random.pick(&["carts", "orders", "customers"]);
    format!(
        r#""eventSource":"dynamodb.amazonaws.com","eventName":"GetItem","requestParameters":{{"tableName":"{table}","key":{{"pk":"{:08x}"}},"consistentRead":false,"returnConsumedCapacity":"TOTAL"}},"responseElements":null,"resources":[{{"accountId":"111122223333","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/{table}"}}],"apiVersion":"2012-08-10""#,
        random.below(1 << 32),
    )
}

fn assume_role(random: &mut Random) -> String {
    let (role, session) = (
        random.pick(&["etl-nightly", "ci/deployer", "observability"]),
        random.below(1 << 40),
    );
    format!(
        r#""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{{"roleArn":"arn:aws:iam::111122223333:role/{role}","roleSessionName":"run-{session:010x}","durationSeconds":3600,"policy":"{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::acme-exports/*\"}}]}}"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLE{:09}","sessionToken":"{:016x}{:016x}{:016x}{:016x}==","expiration":"Mar 5, 2024, 11:11:11 PM"}},"assumedRoleUser":{{"assumedRoleId":"AROAEXAMPLE000000000:run-{session:010x}","arn":"arn:aws:sts::111122223333:assumed-role/{role}/run-{session:010x}"}}}},"resources":[{{"accountId":"111122223333","type":"AWS::IAM::Role","ARN":"arn:aws:iam::111122223333:role/{role}"}}]"#,
        session % 1_000_000_000,
        random.next(),
        random.next(),
        random.next(),
        random.next(),
    )
}

fn create_policy(random: &mut Random) -> String {
    let number = random.below(1000);
    let mut statements = String::new();
    for statement in 0..6 + random.below(8) {
        write!(
            statements,
            r#"\n    {{\n      \"Sid\": \"Part{statement}\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\"dynamodb:GetItem\", \"dynamodb:Query\"],\n      \"Resource\": \"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-{}\"\n    }},"#,
            random.below(100),
        )
        .expect("writing to memory");
    }
    format!(
        r#""eventSource":"iam.amazonaws.com","eventName":"CreatePolicyVersion","requestParameters":{{"policyArn":"arn:aws:iam::111122223333:policy/app-{number}","policyDocument":"{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{statements}]\n}}","setAsDefault":true}},"responseElements":{{"policyVersion":{{"versionId":"v{}","isDefaultVersion":true,"createDate":"Mar 5, 2024 10:11:12 AM"}}}}"#,
        number % 5,
    )
}

fn update_function(random: &mut Random) -> String {
    let function = random.below(25);
    format!(
        r#""eventSource":"lambda.amazonaws.com","eventName":"UpdateFunctionConfiguration20150331v2","requestParameters":{{"functionName":"orders-{function}","timeout":30,"memorySize":512,"role":"arn:aws:iam::111122223333:role/orders-{function}","vpcConfig":{{"subnetIds":["subnet-0aa11bb22cc33dd44","subnet-0ee55ff66aa77bb88"],"securityGroupIds":["sg-0123456789abcdef0"]}},"layers":["arn:aws:lambda:eu-west-1:111122223333:layer:tracing:{}"]}},"responseElements":{{"functionName":"orders-{function}","functionArn":"arn:aws:lambda:eu-west-1:111122223333:function:orders-{function}","runtime":"python3.11","role":"arn:aws:iam::111122223333:role/orders-{function}","handler":"app.handler","codeSize":{},"description":"","timeout":30,"memorySize":512,"lastModified":"Mar 5, 2024 10:11:12 AM","codeSha256":"{:016x}{:016x}=","version":"$LATEST","environment":{{}},"tracingConfig":{{"mode":"Active"}},"revisionId":"{}","state":"Active","lastUpdateStatus":"InProgress","packageType":"Zip","architectures":["arm64"],"ephemeralStorage":{{"size":512}},"snapStart":{{"applyOn":"None","optimizationStatus":"Off"}},"loggingConfig":{{"logFormat":"Text","logGroup":"/aws/lambda/orders-{function}"}}}}"#,
        random.below(40),
        random.below(9_000_000),
        random.next(),
        random.next(),
        random.uuid(),
    )
}

fn run_instances(random: &mut Random) -> String {
    let (instance, network) = (random.next() >> 4, random.next() >> 4);
    let interface = format!(
        r#"{{"networkInterfaceId":"eni-0{network:015x}","subnetId":"subnet-0aa11bb22cc33dd44","vpcId":"vpc-0000000000000001a","ownerId":"111122223333","status":"in-use","macAddress":"0a:ff:{:02x}:{:02x}:{:02x}:{:02x}","privateIpAddress":"10.0.{}.{}","sourceDestCheck":true,"interfaceType":"interface","groupSet":{{"items":[{{"groupId":"sg-0123456789abcdef0","groupName":"workers"}}]}},"attachment":{{"attachmentId":"eni-attach-0{network:015x}","deviceIndex":0,"networkCardIndex":0,"status":"attaching","deleteOnTermination":true}},"ipv6AddressesSet":{{}},"tagSet":{{}}}}"#,
        network >> 24 & 255,
        network >> 16 & 255,
        network >> 8 & 255,
        network & 255,
        instance & 255,
        network & 255,
    );
    format!(
        r#""eventSource":"ec2.amazonaws.com","eventName":"RunInstances","requestParameters":{{"instancesSet":{{"items":[{{"imageId":"ami-0abcdef1234567890","minCount":1,"maxCount":1}}]}},"instanceType":"m7g.large","blockDeviceMapping":{{}},"monitoring":{{"enabled":false}},"disableApiTermination":false,"clientToken":"{}","tagSpecificationSet":{{"items":[{{"resourceType":"instance","tags":[{{"key":"team","value":"orders"}},{{"key":"stage","value":"production"}}]}}]}},"iamInstanceProfile":{{"name":"worker"}}}},"responseElements":{{"reservationId":"r-0{instance:015x}","ownerId":"111122223333","groupSet":{{}},"instancesSet":{{"items":[{{"instanceId":"i-0{instance:015x}","imageId":"ami-0abcdef1234567890","bootMode":"uefi","currentInstanceBootMode":"uefi","instanceState":{{"code":0,"name":"pending"}},"privateDnsName":"ip-10-0-{}-{}.eu-west-1.compute.internal","amiLaunchIndex":0,"productCodes":{{}},"instanceType":"m7g.large","launchTime":1709633471000,"placement":{{"availabilityZone":"eu-west-1a","tenancy":"default"}},"monitoring":{{"state":"disabled"}},"subnetId":"subnet-0aa11bb22cc33dd44","vpcId":"vpc-0000000000000001a","stateReason":{{"code":"pending","message":"pending"}},"architecture":"arm64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{{}},"virtualizationType":"hvm","hypervisor":"xen","tagSet":{{"items":[{{"key":"team","value":"orders"}},{{"key":"stage","value":"production"}}]}},"networkInterfaceSet":{{"items":[{interface}]}},"ebsOptimized":false,"enaSupport":true,"cpuOptions":{{"coreCount":2,"threadsPerCore":1}},"capacityReservationSpecification":{{"capacityReservationPreference":"open"}},"enclaveOptions":{{"enabled":false}},"metadataOptions":{{"state":"pending","httpTokens":"required","httpPutResponseHopLimit":2,"httpEndpoint":"enabled","httpProtocolIpv4":"enabled","instanceMetadataTags":"disabled"}},"maintenanceOptions":{{"autoRecovery":"default"}}}}]}}}}"#,
        random.uuid(),
        instance & 255,
        network & 255,
    )
}

/// The generator xorshift64*, which gives the same set every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 8) % limit
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or_default();
        from.get(at).expect("picked from a list with entries")
    }

    fn uuid(&mut self) -> String {
        let (one, two) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            one >> 32,
            one >> 16 & 0xffff,
            one & 0xfff,
            two >> 48 & 0xfff,
            two & 0xffff_ffff_ffff
        )
    }
}
