"""Tables that no input holds; a person reviews every row."""

# The reference marks every resource type of these actions as optional, because an access point may stand for the
# bucket. Policies are written for buckets and objects, so the plain type counts as required. TagResource,
# UntagResource and ListTagsForResource are not here: each call names one of six types that have nothing in common.
S3_REQUIRED = {
    "bucket": """
        GetBucketAcl GetBucketCORS GetBucketLocation GetBucketNotification GetBucketPolicy ListBucket
        ListBucketVersions
    """.split(),
    "object": """
        AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
        DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject GetObjectAcl
        GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
        GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation GetObjectVersionAttributes
        GetObjectVersionTagging ListMultipartUploadParts ListObjectAnnotations ListObjectVersionAnnotations
        PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging
        PutObjectVersionAcl PutObjectVersionAnnotation PutObjectVersionTagging RestoreObject
        UpdateObjectEncryption
    """.split(),
}

# Event sources of CloudTrail (without `.amazonaws.com`) whose actions have another prefix.
EVENT_SOURCES = {
    "agreement-marketplace": "aws-marketplace",
    "amazonmq": "mq",
    "application-insights": "applicationinsights",
    "billingconsole": "billing",
    "chime-sdk-media-pipelines": "chime",
    "chime-sdk-voice": "chime",
    "cloudcontrolapi": "cloudformation",
    "contact-lens": "connect",
    "discovery-marketplace": "aws-marketplace",
    "management-marketplace": "aws-marketplace-management",
    "marketplacecatalog": "aws-marketplace",
    "migrationhub": "mgh",
    "monitoring": "cloudwatch",
    "opensearchservice": "es",
    "participant-connect": "connect",
    "pinpoint": "mobiletargeting",
    "pricelist": "pricing",
    "qconnect": "wisdom",
    "rdsdata": "rds-data",
    "reporting-marketplace": "aws-marketplace",
    "servicecatalog-appregistry": "servicecatalog",
    "tagging": "tag",
    "taxconsole": "tax",
    "transcribestreaming": "transcribe",
}
